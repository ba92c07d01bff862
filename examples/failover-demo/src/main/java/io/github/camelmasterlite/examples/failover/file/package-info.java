/** The demonstration with locks in a directory. */
@NullMarked
package io.github.camelmasterlite.examples.failover.file;

import org.jspecify.annotations.NullMarked;
