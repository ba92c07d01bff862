package com.example.leader;

import jakarta.annotation.PostConstruct;
import org.apache.camel.cluster.CamelClusterEventListener;
import org.apache.camel.cluster.CamelClusterMember;
import org.apache.camel.cluster.CamelClusterService;
import org.apache.camel.cluster.CamelClusterView;
import org.springframework.stereotype.Component;

/** Starts and stops the singleton as lock2 comes and goes; lock1 may be held by another instance at the same time. */
@Component
class SingletonLeadership implements CamelClusterEventListener.Leadership {

    private final CamelClusterService clusterService;
    private final Singleton singleton;
    private boolean started;

    SingletonLeadership(CamelClusterService clusterService, Singleton singleton) {
        this.clusterService = clusterService;
        this.singleton = singleton;
    }

    @PostConstruct
    void join() throws Exception {
        clusterService.getView("lock2").addEventListener(this);
    }

    // Events come one at a time. Nobody else gets the lock before this has returned, so stop() comes before another start().
    @Override
    public void leadershipChanged(CamelClusterView view, CamelClusterMember leader) {
        boolean leads = view.getLocalMember().isLeader();
        if (leads && !started) {
            started = true;
            singleton.start();
        } else if (!leads && started) {
            started = false;
            singleton.stop();
        }
    }
}
