/** What drives the rules: one loop thread per cluster service, its clock, its timers and its bounded calls to the store. */
@Internal
@NullMarked
package io.github.camelmasterlite.engine;

import io.github.camelmasterlite.Internal;
import org.jspecify.annotations.NullMarked;
