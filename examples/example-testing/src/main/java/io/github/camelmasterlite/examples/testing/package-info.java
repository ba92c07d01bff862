/** What tests of examples share: the commands of a README, and processes that run them. */
@NullMarked
package io.github.camelmasterlite.examples.testing;

import org.jspecify.annotations.NullMarked;
