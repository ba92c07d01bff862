/** The demonstration with leases of a Kubernetes API server. */
@NullMarked
package io.github.camelmasterlite.examples.failover.kubernetes;

import org.jspecify.annotations.NullMarked;
