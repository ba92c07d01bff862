/** What the jars carry beside classes: for runtimes that look at jars while they build an application. */
@NullMarked
package io.github.camelmasterlite.packaging;

import org.jspecify.annotations.NullMarked;
