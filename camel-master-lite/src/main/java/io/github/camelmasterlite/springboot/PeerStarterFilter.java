package io.github.camelmasterlite.springboot;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;

/**
 * Leaves out the auto-configuration of another library that would make a second cluster service from the same keys. Whoever has a module of this project on the class path wants the one of that; two of them would have routes
 * refuse to choose, or, worse, stand for different locks of the same name.
 */
public abstract class PeerStarterFilter implements AutoConfigurationImportFilter {

    private static final Logger LOG = LoggerFactory.getLogger(PeerStarterFilter.class);

    private final String peer;
    private final String module;

    /**
     * @param peer   the class to leave out
     * @param module that of this project which takes its place
     */
    protected PeerStarterFilter(String peer, String module) {
        this.peer = peer;
        this.module = module;
    }

    @Override
    public boolean[] match(@Nullable String[] autoConfigurationClasses, AutoConfigurationMetadata metadata) {
        boolean[] isWanted = new boolean[autoConfigurationClasses.length];
        for (int i = 0; i < isWanted.length; i++) {
            isWanted[i] = !peer.equals(autoConfigurationClasses[i]);
            if (!isWanted[i]) {
                LOG.info("{} is left out: {} makes the cluster service of the same keys", peer, module);
            }
        }
        return isWanted;
    }
}
