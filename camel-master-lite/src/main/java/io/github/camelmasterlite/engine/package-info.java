/** What drives the rules: one loop thread per cluster service, its clock, its timers and its bounded calls to the store. */
@NullMarked
package io.github.camelmasterlite.engine;

import org.jspecify.annotations.NullMarked;
