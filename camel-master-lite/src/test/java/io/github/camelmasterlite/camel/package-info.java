/** What the parts of Camel that use a cluster service, or meet {@code master:} routes, do with the services of this project. */
@NullMarked
package io.github.camelmasterlite.camel;

import org.jspecify.annotations.NullMarked;
