package io.github.camelmasterlite.kubernetes;

/** What kind of object holds the leases. */
public enum LeaseResourceType {
    /** One Lease of coordination.k8s.io for each lock; what Kubernetes itself uses. */
    Lease,
    /**
     * One ConfigMap for all locks, as old versions of Camel had it. Each renewal of any lock rewrites all of it, and a watch of it carries them all: for a few locks, and where
     * leases may not be used.
     */
    ConfigMap
}
