/** Members as real processes, what is done to them by a seed, and the table of what came of it. What is done to their stores is in the modules of these. */
@NullMarked
package io.github.camelmasterlite.chaos;

import org.jspecify.annotations.NullMarked;
