package io.github.camelmasterlite.store;

import io.github.camelmasterlite.election.LeaseRecord;
import io.github.camelmasterlite.election.LeaseStore;
import io.github.camelmasterlite.election.StoredRecord;
import io.github.camelmasterlite.election.StoredRecord.Kind;
import io.github.camelmasterlite.engine.MemoryLeaseStore;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Stores that are broken on purpose, each in one way; run by {@link LeaseStoreContractTest} alone. */
final class BrokenStores {

    private BrokenStores() {}

    /** The contract over records in memory, behind one decorator. */
    abstract static class Over extends LeaseStoreContract {
        final MemoryLeaseStore.Shelf shelf = new MemoryLeaseStore.Shelf();
        private volatile boolean requestsAreLost;
        private volatile boolean answersAreLost;

        @Override
        protected LeaseStore connect() {
            return decorate(new Decorator(new MemoryLeaseStore(shelf)) {
                @Override
                public CompletionStage<StoredRecord> read(String lock) {
                    return requestsAreLost ? lost() : super.read(lock);
                }

                @Override
                public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
                    CompletionStage<Outcome> outcome = requestsAreLost ? lost() : super.write(lock, expected, next);
                    return answersAreLost ? lost() : outcome;
                }
            });
        }

        private static <T> CompletionStage<T> lost() {
            return CompletableFuture.failedStage(new IllegalStateException("connection lost; see the network"));
        }

        @Override
        protected AutoCloseable loseRequests() {
            requestsAreLost = true;
            return () -> requestsAreLost = false;
        }

        @Override
        protected AutoCloseable loseAnswers() {
            answersAreLost = true;
            return () -> answersAreLost = false;
        }

        abstract LeaseStore decorate(LeaseStore store);

        @Override
        protected void deleteByHand(String lock) {
            shelf.delete(lock);
        }

        @Override
        protected boolean garbleByHand(String lock) {
            shelf.overwrite(lock, null);
            return true;
        }

        @Override
        protected Duration patience() {
            return Duration.ofSeconds(1);
        }
    }

    /** Hands everything on. */
    static class Decorator implements LeaseStore {
        final LeaseStore store;

        Decorator(LeaseStore store) {
            this.store = store;
        }

        @Override
        public void open(String member, Listener listener) throws Exception {
            store.open(member, listener);
        }

        @Override
        public CompletionStage<StoredRecord> read(String lock) {
            return store.read(lock);
        }

        @Override
        public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
            return store.write(lock, expected, next);
        }

        @Override
        public void close() {
            store.close();
        }

        StoredRecord now(String lock) {
            return store.read(lock).toCompletableFuture().join();
        }
    }

    static class Intact extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store);
        }
    }

    static class IgnoresTheVersion extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store) {
                @Override
                public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
                    StoredRecord now = now(lock);
                    return store.write(lock, now.kind() == expected.kind() ? now : expected, next);
                }
            };
        }
    }

    static class IgnoresTheIdentity extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store) {
                @Override
                public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
                    StoredRecord now = now(lock);
                    return store.write(lock, now.revision() == expected.revision() ? now : expected, next);
                }
            };
        }
    }

    static class CreatesWhatWasDeleted extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store) {
                @Override
                public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
                    StoredRecord now = now(lock);
                    return store.write(lock, now.kind() == Kind.ABSENT ? now : expected, next);
                }
            };
        }
    }

    static class ShortensDurations extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store) {
                @Override
                public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
                    Duration whole = Duration.ofMillis(
                            Objects.requireNonNull(next.duration()).toMillis());
                    return super.write(
                            lock,
                            expected,
                            new LeaseRecord(
                                    next.holder(),
                                    next.signature(),
                                    whole,
                                    next.acquiredAtMicros(),
                                    next.renewedAtMicros(),
                                    next.term()));
                }
            };
        }
    }

    static class IgnoresCase extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store) {
                @Override
                public CompletionStage<StoredRecord> read(String lock) {
                    return store.read(lock.toLowerCase(Locale.ROOT));
                }

                @Override
                public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
                    return store.write(lock.toLowerCase(Locale.ROOT), expected, next);
                }
            };
        }
    }

    static class FailsOnGarbage extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store) {
                @Override
                public CompletionStage<StoredRecord> read(String lock) {
                    return now(lock).kind() == Kind.GARBAGE
                            ? CompletableFuture.failedStage(new IllegalStateException("cannot read " + lock))
                            : store.read(lock);
                }
            };
        }
    }

    static class TakesAFailureForARefusal extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store) {
                @Override
                public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
                    return super.write(lock, expected, next).exceptionally(failure -> new Outcome.Conflict());
                }
            };
        }
    }

    static class TakesAFailureForDone extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store) {
                @Override
                public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
                    return super.write(lock, expected, next)
                            .exceptionally(failure -> new Outcome.Written(
                                    StoredRecord.of(next, expected.revision() + 1, expected.identity())));
                }
            };
        }
    }

    static class FindsNothingWhereItCannotRead extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store) {
                @Override
                public CompletionStage<StoredRecord> read(String lock) {
                    return super.read(lock).exceptionally(failure -> StoredRecord.absent(0));
                }
            };
        }
    }

    static class KeepsItsCaller extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store) {
                @Override
                public CompletionStage<StoredRecord> read(String lock) {
                    try {
                        assert !new CountDownLatch(1).await(300, TimeUnit.MILLISECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return store.read(lock);
                }

                @Override
                public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
                    return store.write(lock, expected, next);
                }
            };
        }
    }

    static class CountsFromOneAfterDeletion extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store) {
                private long shift;

                @Override
                public CompletionStage<StoredRecord> read(String lock) {
                    return store.read(lock).thenApply(this::shifted);
                }

                @Override
                public CompletionStage<Outcome> write(String lock, StoredRecord expected, LeaseRecord next) {
                    if (expected.kind() == Kind.ABSENT) {
                        shift = now(lock).revision();
                    }
                    StoredRecord real = expected.record() == null
                            ? expected
                            : StoredRecord.of(expected.record(), expected.revision() + shift, expected.identity());
                    return store.write(lock, real, next)
                            .thenApply(outcome -> outcome instanceof Outcome.Written written
                                    ? new Outcome.Written(shifted(written.stored()))
                                    : outcome);
                }

                private StoredRecord shifted(StoredRecord stored) {
                    return stored.record() == null
                            ? stored
                            : StoredRecord.of(stored.record(), stored.revision() - shift, stored.identity());
                }
            };
        }
    }

    static class WatchesNothing extends Over {
        @Override
        LeaseStore decorate(LeaseStore store) {
            return new Decorator(store) {
                @Override
                public void open(String member, Listener listener) throws Exception {
                    store.open(member, new Listener() {
                        @Override
                        public void changed(String lock, StoredRecord stored) {}

                        @Override
                        public void look(String lock) {}

                        @Override
                        public void lookAll() {}

                        @Override
                        public void watching(boolean live, @Nullable String reason) {
                            listener.watching(live, reason);
                        }

                        @Override
                        public void members(java.util.List<String> ids) {}
                    });
                }
            };
        }
    }
}
