package io.github.camelmasterlite.election;

import io.github.camelmasterlite.Api;
import java.time.Instant;

/**
 * One uninterrupted time of one member as leader of one lock.
 *
 * @param term         counts the tenures of the lock, for people; rises with every acquisition
 * @param fencingToken strictly greater than the token of every earlier tenure of the lock, also across crashes and hand-over; what a
 *                     resource compares to keep a former leader out (Kleppmann, "How to do distributed locking", 2016)
 * @param since        wall-clock time of the acquisition, for people
 */
@Api
public record Tenure(long term, long fencingToken, Instant since) {}
