package com.example.leader;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Something that must run once in the whole cluster, and knows nothing of Camel. */
@Component
class Singleton {

    private static final Logger LOG = LoggerFactory.getLogger(Singleton.class);

    void start() {
        LOG.info("Singleton started");
    }

    void stop() {
        LOG.info("Singleton stopped");
    }
}
