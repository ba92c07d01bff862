package io.github.camelmasterlite.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What observers are told of the locks that a service knows, and where they do what takes time. */
class ObservedLocksTest {

    private static final Duration BOUND = Duration.ofSeconds(10);

    private final ManualClusterService service = new ManualClusterService("member1");

    @AfterEach
    void stop() {
        service.stop();
    }

    @Test
    void observersAreToldOfEachLockThatComesOrGoesAndOfNoOtherReference() throws Exception {
        List<List<String>> known = new CopyOnWriteArrayList<>();
        service.addObserver(new LeadershipObserver() {
            @Override
            public void locksChanged() {
                known.add(service.getNamespaces().stream().sorted().toList());
            }
        });
        service.start();

        LeadershipView a = service.getView("a");
        service.getView("a");
        LeadershipView b = service.getView("b");
        service.releaseView(a);
        service.releaseView(a);
        service.releaseView(a);
        service.stop();
        service.releaseView(b);

        assertThat(known).containsExactly(List.of("a"), List.of("a", "b"), List.of("b"), List.of());
    }

    @Test
    void askingForAViewInUseOrForItsReportTakesNoPartInItsElection() {
        service.start();

        assertThat(service.existingView("a")).isEmpty();
        assertThat(service.report("a")).isEmpty();
        assertThat(service.getNamespaces()).isEmpty();

        LeadershipView view = service.getView("a");
        assertThat(service.existingView("a")).containsSame(view);
        assertThat(service.report("a"))
                .hasValueSatisfying(report -> assertThat(report.references()).isEqualTo(1));
    }

    @Test
    void backgroundWorkIsDoneInOrderOneAtATimeAndAlsoAfterTheStop() {
        service.start();
        List<Integer> done = new ArrayList<>();
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        List<Integer> numbers = IntStream.range(0, 1_000).boxed().toList();
        for (int number : numbers) {
            if (number == 500) {
                service.stop();
            }
            service.background().execute(() -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                threads.add(Thread.currentThread());
                done.add(number);
                running.decrementAndGet();
                if (number % 100 == 7) {
                    throw new IllegalStateException("on purpose; the others go on");
                }
            });
        }
        AtomicInteger last = new AtomicInteger();
        service.background().execute(last::incrementAndGet);
        await().atMost(BOUND).untilAtomic(last, org.hamcrest.Matchers.equalTo(1));
        assertThat(done).isEqualTo(numbers);
        assertThat(most).hasValue(1);
        assertThat(threads).doesNotContain(Thread.currentThread()).allMatch(Thread::isDaemon);
    }
}
