/** Leases of the Kubernetes API as the store behind elections. */
@NullMarked
package io.github.camelmasterlite.kubernetes;

import org.jspecify.annotations.NullMarked;
