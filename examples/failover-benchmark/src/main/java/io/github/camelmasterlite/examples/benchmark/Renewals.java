package io.github.camelmasterlite.examples.benchmark;

import io.github.camelmasterlite.kubernetes.FaultProxy;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Renewals of a lease among the requests that a proxy has passed on. */
final class Renewals {
    private static final Pattern HOLDER = Pattern.compile("\"holderIdentity\"\\s*:\\s*\"(?<holder>[^\"]*)\"");

    private Renewals() {}

    /**
     * When the next renewal was sent that the server has written and that leaves the lease with its holder: what another member writes to
     * take the lease, and what the holder writes to give it back, is none.
     *
     * @param lease how the path of the lease ends
     */
    static OptionalLong next(List<FaultProxy.Answered> answered, String lease, String holder, long afterNanos) {
        return written(answered, lease, afterNanos)
                .filter(request -> isOf(request, holder))
                .mapToLong(FaultProxy.Request::nanos)
                .min();
    }

    /** When somebody else first wrote the lease. */
    static OptionalLong byOthers(List<FaultProxy.Answered> answered, String lease, String holder, long afterNanos) {
        return written(answered, lease, afterNanos)
                .filter(request -> !isOf(request, holder))
                .mapToLong(FaultProxy.Request::nanos)
                .min();
    }

    private static java.util.stream.Stream<FaultProxy.Request> written(
            List<FaultProxy.Answered> answered, String lease, long afterNanos) {
        return answered.stream()
                .filter(answer -> answer.code() == 200)
                .map(FaultProxy.Answered::request)
                .filter(request -> request.isPut() && request.path().endsWith(lease) && request.nanos() > afterNanos);
    }

    private static boolean isOf(FaultProxy.Request request, String holder) {
        Matcher named = HOLDER.matcher(request.body());
        if (named.find()) {
            return named.group("holder").equals(holder);
        }
        // another encoding than JSON: the name stands in it as it is
        return Pattern.compile("(?<![\\w-])" + Pattern.quote(holder) + "(?!\\d)")
                .matcher(request.body())
                .find();
    }
}
