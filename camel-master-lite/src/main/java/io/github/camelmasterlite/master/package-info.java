/** The {@code master:} component: a consumer that runs on exactly one member of a cluster. */
@NullMarked
package io.github.camelmasterlite.master;

import org.jspecify.annotations.NullMarked;
