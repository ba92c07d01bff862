/** What really happened in a run, and the checkers that judge it; the same for simulated and for real processes. */
@NullMarked
package io.github.camelmasterlite.history;

import org.jspecify.annotations.NullMarked;
