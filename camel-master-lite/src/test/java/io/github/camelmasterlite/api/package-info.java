/** What is published: the listing of everything that is not internal, and the rule that none of it needs what is. */
@NullMarked
package io.github.camelmasterlite.api;

import org.jspecify.annotations.NullMarked;
