package io.github.camelmasterlite.kubernetes;

import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.github.camelmasterlite.engine.Lane;
import io.github.camelmasterlite.engine.Threads;
import java.net.http.HttpClient;
import java.time.Duration;

/** HTTP clients that answer on one thread, and on a few more if that is kept: what runs there does not block, and a burst of answers must not become a burst of threads. */
final class HttpClients extends JdkHttpClientFactory {

    private static final int MAX_THREADS = 8;

    /** Longer than what is between two renewals, so that a thread that is needed all the time is not made anew all the time. */
    private static final Duration IDLE = Duration.ofMinutes(1);

    private final Lane lane;

    HttpClients(Threads threads) {
        this.lane = new Lane(threads, "http", MAX_THREADS, IDLE.toMillis());
    }

    @Override
    protected HttpClient.Builder createNewHttpClientBuilder() {
        return HttpClient.newBuilder().executor(lane::run);
    }
}
