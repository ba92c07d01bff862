package io.github.camelmasterlite.election;

import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Rules that are broken on purpose, each in one law. Whatever claims to check the rules must find every one of them.
 *
 * <p>Each names the promise that is seen broken: with the checker of that promise switched off it must go unnoticed, or the checker is not what finds it.
 */
public enum Mutant {
    TENURE_COUNTS_FROM_THE_REPLY(1, "AtMostOneActive", "DELAY", "PARTITION", "SLOW_WORK") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                long tenureStartNanos(Call call, Moment now) {
                    return now.nanos();
                }
            };
        }
    },
    WALL_TIME_OF_THE_RECORD_DECIDES(2, "AtMostOneActive", "WALL_JUMP") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                private @Nullable Moment present;

                @Override
                public List<Effect<LeaseCommand>> on(Event<LeaseReply> event, Moment now) {
                    present = now;
                    return super.on(event, now);
                }

                @Override
                long takeNanos() {
                    LeaseRecord record = seen == null ? null : seen.record();
                    Moment now = present;
                    if (record == null || !record.isHeld() || now == null) {
                        return super.takeNanos();
                    }
                    long leftMicros = record.renewedAtMicros() + durationOf(record) / 1_000 - now.wallMicros();
                    return now.nanos() + leftMicros * 1_000;
                }
            };
        }
    },
    NO_DEADLINE_OF_ITS_OWN(1, "AtMostOneActive", "PARTITION") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                long lapseNanos() {
                    return super.lapseNanos() + Duration.ofDays(1).toNanos();
                }
            };
        }
    },
    RELEASE_BEFORE_WORK_HAS_STOPPED(6, "ReleaseAfterStop", "LEAVING") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                boolean mustAwaitWork() {
                    return !voluntary && super.mustAwaitWork();
                }
            };
        }
    },
    WRITE_WITHOUT_VERSION(3, "AtMostOneActive", "PARTITION") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                StoredRecord expected(StoredRecord basis) {
                    return new StoredRecord(basis.kind(), basis.record(), -1, basis.identity());
                }
            };
        }
    },
    OWN_DURATION_IN_PLACE_OF_THE_RECORDS(2, "AtMostOneActive", "MIXED_TIMES") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                long durationOf(LeaseRecord record) {
                    return timing.leaseNanos();
                }
            };
        }
    },
    A_FAILED_RENEWAL_ENDS_EVERYTHING(9, "ConvergesWithin", "ERRORS") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                void onUnknown(String reason, long againNanos, Moment now, List<Effect<LeaseCommand>> out) {
                    super.onUnknown(reason, againNanos + Duration.ofDays(1).toNanos(), now, out);
                }
            };
        }
    },
    ANOTHER_HOLDER_IS_TRIED_AGAIN(5, "AtMostOneActive", "SUSPEND") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                boolean endsLeadership(StoredRecord found) {
                    return false;
                }

                @Override
                void onFoundOwn(StoredRecord found, Moment now) {
                    if (found.record() != null) {
                        super.onFoundOwn(found, now);
                    }
                }
            };
        }
    },
    RELEASE_CLEARS_ANOTHER_HOLDER(6, "NobodyClearsForeignRecords", "EDITS") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                boolean mayRelease(StoredRecord basis) {
                    return true;
                }

                @Override
                boolean mayBeOurs() {
                    return phase != Phase.FOLLOWING || super.mayBeOurs();
                }
            };
        }
    },
    NEW_TENURE_BEFORE_OLD_WORK_HAS_ENDED(7, "NoNewTenureBeforeOldWorkEnded", "PARTITION", "SLOW_WORK") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                boolean mustAwaitWork() {
                    return voluntary && super.mustAwaitWork();
                }

                @Override
                boolean mayBeOurs() {
                    return phase != Phase.STOPPING_WORK && super.mayBeOurs();
                }
            };
        }
    },
    TOKEN_STAYS_WHEN_ACQUIRED_AGAIN(8, "TokensIncrease", "DELAY") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                private long last;

                @Override
                long fencingToken(StoredRecord acquired) {
                    last = last == 0 ? super.fencingToken(acquired) : last;
                    return last;
                }
            };
        }
    },
    WATCH_EXTENDS_AUTHORITY(3, "AtMostOneActive", "WATCH", "PARTITION") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                void onEcho(Moment now) {
                    confirmedNanos = now.nanos();
                }
            };
        }
    },
    ABSENCE_IS_TAKEN_AS_FREE(2, "AtMostOneActive", "EDITS") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                boolean isFree(StoredRecord stored) {
                    return stored.kind() == StoredRecord.Kind.ABSENT || super.isFree(stored);
                }
            };
        }
    },
    UNSIGNED_EMPTINESS_IS_TAKEN_AS_FREE(2, "AtMostOneActive", "EDITS") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                boolean isFree(StoredRecord stored) {
                    return stored.kind() == StoredRecord.Kind.RECORD || super.isFree(stored);
                }
            };
        }
    },
    INCARNATION_IS_BELIEVED_WITHOUT_SIGNATURE(2, "AtMostOneActive", "EDITS") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                @Nullable
                String incarnationOf(LeaseRecord record) {
                    return record.signature() == null
                            ? null
                            : record.signature().incarnation();
                }
            };
        }
    },
    A_READ_PROLONGS_THE_TENURE(1, "AtMostOneActive", "WATCH", "PARTITION") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                void onFoundOwn(StoredRecord found, Moment now) {
                    confirmedNanos = now.nanos();
                }
            };
        }
    },
    LAPSED_AUTHORITY_IS_REVIVED(1, "AtMostOneActive", "DELAY", "PARTITION", "SLOW_WORK") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                long lapseNanos() {
                    // As long as an answer is awaited it is not given up; a late one then counts.
                    Call awaited = inFlight;
                    long lapse = super.lapseNanos();
                    return awaited == null ? lapse : Math.max(lapse, awaited.sentNanos() + timing.attemptNanos());
                }
            };
        }
    },
    ANY_VERSION_COUNTS_AS_A_RENEWAL(2, "ConvergesWithin", "EDITS") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                boolean hasChanged(StoredRecord before, StoredRecord now) {
                    return before.revision() != now.revision();
                }
            };
        }
    },
    A_RENEWAL_CHANGES_NOTHING(13, "AtMostOneActive", "SLOW_WORK") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                long renewalMicros(StoredRecord basis, Moment now) {
                    LeaseRecord before = basis.record();
                    return phase == Phase.LEADING && before != null
                            ? before.renewedAtMicros()
                            : super.renewalMicros(basis, now);
                }
            };
        }
    },
    DURATION_SHRINKS_WITHIN_A_TENURE(13, "AtMostOneActive", "CRASH") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                Duration durationToWrite(LeaseRecord before) {
                    return Duration.ofSeconds(1);
                }
            };
        }
    },
    WRITE_WITHOUT_IDENTITY(3, "NothingIsBroughtBack", "EDITS") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                StoredRecord expected(StoredRecord basis) {
                    return new StoredRecord(basis.kind(), basis.record(), basis.revision(), null);
                }
            };
        }
    },
    TIMES_THAT_ARE_TOO_CLOSE_ARE_ACCEPTED(4, "AtMostOneActive", "PARTITION", "SLOW_WORK") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                long lapseNanos() {
                    // As if the renew deadline were so long that nothing is left of the lease for work to stop in.
                    return confirmedNanos + timing.leaseNanos();
                }
            };
        }
    },
    A_FOLLOWER_ASKS_THOUGH_IT_IS_TOLD(11, "WaitingCostsNothing", "LEAVING") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                long lookNanos() {
                    return heardNanos + timing.retryPeriod().toNanos();
                }
            };
        }
    },
    ALL_CANDIDATES_TRY_AT_ONCE(12, "CandidatesQueue", "LEAVING") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                long politeness() {
                    return 0;
                }
            };
        }
    },
    A_JUMP_OF_THE_CLOCKS_IS_IGNORED(10, "AtMostOneActive", "SUSPEND") {
        @Override
        LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
            return new LeaseElection(lock, member, incarnation, timing, random) {
                @Override
                boolean hasJumped(Moment now) {
                    return false;
                }

                @Override
                ClockCheck clock() {
                    return new ClockCheck(super.clock().offsetNanos(), Long.MAX_VALUE / 4);
                }
            };
        }
    };

    private final int law;
    private final String promise;
    private final String faults;

    Mutant(int law, String promise, String... faults) {
        this.law = law;
        this.promise = promise;
        this.faults = String.join(" ", faults);
    }

    /** The number of the law that it breaks. */
    public int law() {
        return law;
    }

    /** The simple name of the checker that sees it. */
    public String promise() {
        return promise;
    }

    /** The kinds of faults that bring it out. */
    public List<String> faults() {
        return List.of(faults.split(" ", -1));
    }

    abstract LeaseElection of(String lock, String member, String incarnation, Timing timing, RandomGenerator random);

    /** Rules with this fault, as seen by those who drive them. */
    public Election<LeaseCommand, LeaseReply> rules(
            String lock, String member, String incarnation, Timing timing, RandomGenerator random) {
        return of(lock, member, incarnation, timing, random);
    }
}
