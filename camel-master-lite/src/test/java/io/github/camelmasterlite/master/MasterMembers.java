package io.github.camelmasterlite.master;

import io.github.camelmasterlite.cluster.LocalClusterService;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

/** Contexts of one cluster, each with the master component and recording delegates. */
final class MasterMembers implements AutoCloseable {

    private final String cluster = UUID.randomUUID().toString();
    private final List<Member> members = new ArrayList<>();

    /** One member: a context, a service, the component and its delegates. */
    static final class Member {
        final DefaultCamelContext context = new DefaultCamelContext();
        final LocalClusterService service;
        final MasterComponent master = new MasterComponent();
        final RecordingComponent rec = new RecordingComponent();

        /** Another component, whose consumers fail when the test says so. */
        final RecordingComponent bad = new RecordingComponent();

        private Member(String cluster, String id) throws Exception {
            service = new LocalClusterService(cluster);
            service.setId(id);
            context.addService(service, true, true);
            context.addComponent("master", master);
            context.addComponent("rec", rec);
            context.addComponent("bad", bad);
            context.getShutdownStrategy().setTimeout(20);
        }

        Member route(String id, String from) throws Exception {
            context.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from(from).routeId(id).process(exchange -> {});
                }
            });
            return this;
        }

        Member start() {
            context.start();
            return this;
        }
    }

    Member member(String id) throws Exception {
        Member member = new Member(cluster, id);
        members.add(member);
        return member;
    }

    @Override
    public void close() {
        members.forEach(member -> member.context.stop());
    }
}
