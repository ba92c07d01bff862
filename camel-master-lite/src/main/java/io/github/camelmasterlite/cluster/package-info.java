/** Camel's side of a cluster: services, views, members, the delivery of events to listeners, and how a route finds its service. */
@NullMarked
package io.github.camelmasterlite.cluster;

import org.jspecify.annotations.NullMarked;
