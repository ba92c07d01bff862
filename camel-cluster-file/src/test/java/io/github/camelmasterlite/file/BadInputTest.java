package io.github.camelmasterlite.file;

import static io.github.camelmasterlite.file.FileServices.awaitLeader;
import static io.github.camelmasterlite.file.FileServices.awaitLeaderIsKnown;
import static io.github.camelmasterlite.file.FileServices.descriptorsBelow;
import static io.github.camelmasterlite.file.FileServices.filesBelow;
import static io.github.camelmasterlite.file.FileServices.soon;
import static io.github.camelmasterlite.file.FileServices.threadsOf;
import static io.github.camelmasterlite.file.FileServices.within;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.camelmasterlite.cluster.LeadershipView;
import io.github.camelmasterlite.file.FileLockClusterService.Locking;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people get wrong and what disks do: a clear message, nothing left behind, and no leader that should not be one. */
@NullUnmarked
class BadInputTest {

    @TempDir
    Path temporary;

    private Path root;
    private FileServices services;
    private Mounts mounts;

    @BeforeEach
    void prepare() {
        root = temporary.resolve("root");
        services = new FileServices(root);
        mounts = new Mounts();
    }

    @AfterEach
    void stopServices() {
        services.close();
        mounts.close();
    }

    private void assertDoesNotStart(FileLockClusterService service, String... messageParts) {
        assertThatThrownBy(service::start)
                .satisfies(thrown -> assertThat(messages(thrown)).contains(messageParts));
        soon().untilAsserted(() -> assertThat(threadsOf(service.getId())).isEmpty());
        assertThat(JvmLocks.presences().values()).doesNotContain(service.getId());
    }

    private static String messages(Throwable thrown) {
        StringBuilder all = new StringBuilder();
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            all.append(t.getMessage()).append('\n');
        }
        return all.toString();
    }

    private long epochOnDisk(String lock) throws IOException {
        return Long.parseLong(Files.readString(root.resolve(lock + ".epoch")).strip());
    }

    @Nested
    class Root {

        @Test
        void rootNotSetIsNamed() {
            FileLockClusterService service = new FileLockClusterService();
            service.setId("unset");
            assertDoesNotStart(service, "root", "not set");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "  ", "\t"})
        void blankRootIsNamed(String blank) {
            FileLockClusterService service = services.make("blank");
            service.setRoot(blank);
            assertDoesNotStart(service, "root", "not set");
        }

        @Test
        void rootThatIsNoPathIsNamed() {
            FileLockClusterService service = services.make("nul");
            service.setRoot("/tmp/a\u0000b");
            assertDoesNotStart(service, "root", "is not a path");
        }

        @Test
        void rootThatIsAFileIsNamedAndUntouched() throws IOException {
            Files.writeString(root, "mine");
            assertDoesNotStart(services.make("file"), "root", root.toString(), "not a directory");
            assertThat(Files.readString(root)).isEqualTo("mine");
        }

        @Test
        void rootBelowAFileIsNamed() throws IOException {
            Files.writeString(root, "mine");
            FileLockClusterService service = services.make("below");
            service.setRoot(root.resolve("sub").toString());
            assertDoesNotStart(service, "root", root.resolve("sub").toString(), "cannot be created");
        }

        @Test
        void membersThatIsAFileIsNamed() throws IOException {
            Files.createDirectories(root);
            Files.writeString(root.resolve(".members"), "");
            assertDoesNotStart(
                    services.make("members"), "root", root.resolve(".members").toString(), "remove that file");
        }

        @Test
        void rootThatDoesNotExistIsCreated() {
            FileLockClusterService service = services.make("deep");
            service.setRoot(root.resolve("a/b/c").toString());
            service.start();
            awaitLeader(service.getView("lock1"));
            assertThat(root.resolve("a/b/c/lock1")).isRegularFile();
        }

        @Test
        void rootOnAReadOnlyFileSystemIsNamedAndNothingIsLeft() throws IOException {
            Files.createDirectories(root);
            mounts.tmpfs(root, 512);
            mounts.readOnly(root);
            assertDoesNotStart(services.make("readonly"), "root", root.toString(), "Read-only file system");
            assertThat(root).isEmptyDirectory();
            assertThat(descriptorsBelow(root)).isZero();
        }

        @Test
        void rootOnAFullFileSystemIsNamedAndNothingIsLeft() throws IOException {
            Files.createDirectories(root);
            mounts.tmpfs(root, 64);
            Files.createDirectories(root.resolve(".members"));
            fill(root.resolve("ballast"));
            assertDoesNotStart(services.make("full"), "root", root.toString(), "No space left on device");
            assertThat(root.resolve(".members")).isEmptyDirectory();
            assertThat(descriptorsBelow(root)).isZero();
        }

        @Test
        void aServiceThatCouldNotStartStartsOnceTheCauseIsGone() throws IOException {
            Files.writeString(root, "in the way");
            FileLockClusterService service = services.make("again");
            LeadershipView view = service.getView("lock1");
            assertThatThrownBy(service::start).isNotNull();
            assertThat(view.isLeader()).isFalse();
            Files.delete(root);
            service.start();
            awaitLeader(view);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "nfs",
                    "nfs4",
                    "cifs",
                    "smb2",
                    "fuse",
                    "fuseblk",
                    "9p",
                    "virtiofs",
                    "ceph",
                    "glusterfs",
                    "unheard-of"
                })
        void onAFileSystemThatIsNotKnownToBeLocalLocksAreLeases(String type) {
            assertThat(FileLockClusterService.usesLeases(Locking.AUTO, type)).isTrue();
            assertThat(FileLockClusterService.usesLeases(Locking.LEASE, type)).isTrue();
            assertThat(FileLockClusterService.usesLeases(Locking.OS, type)).isFalse();
        }

        @ParameterizedTest
        @ValueSource(strings = {"ext4", "ext2/ext3", "xfs", "btrfs", "tmpfs", "zfs", "apfs", "ntfs", "NTFS", "overlay"})
        void onALocalFileSystemLocksAreThoseOfTheOperatingSystem(String type) {
            assertThat(FileLockClusterService.usesLeases(Locking.AUTO, type)).isFalse();
            assertThat(FileLockClusterService.usesLeases(Locking.OS, type)).isFalse();
            assertThat(FileLockClusterService.usesLeases(Locking.LEASE, type)).isTrue();
        }
    }

    @Nested
    class Options {

        @ParameterizedTest
        @ValueSource(longs = {0, -1, Long.MIN_VALUE})
        void timesThatAreNotPositiveAreNamed(long value) {
            FileLockClusterService service = new FileLockClusterService();
            assertNamed("acquireLockDelay", () -> service.setAcquireLockDelay(value));
            assertNamed("acquireLockDelay", () -> service.setAcquireLockDelay(value, TimeUnit.MILLISECONDS));
            assertNamed("acquireLockInterval", () -> service.setAcquireLockInterval(value));
            assertNamed("acquireLockInterval", () -> service.setAcquireLockInterval(value, TimeUnit.MILLISECONDS));
            assertNamed("clusterDataTaskTimeout", () -> service.setClusterDataTaskTimeout(value));
            assertNamed(
                    "clusterDataTaskTimeout", () -> service.setClusterDataTaskTimeout(value, TimeUnit.MILLISECONDS));
            assertNamed("stopBudgetMillis", () -> service.setStopBudgetMillis(value));
            assertNamed("leaseDurationMillis", () -> service.setLeaseDurationMillis(value));
            assertNamed("renewDeadlineMillis", () -> service.setRenewDeadlineMillis(value));
            assertNamed("retryPeriodMillis", () -> service.setRetryPeriodMillis(value));
            if (value == (int) value) {
                assertNamed("heartbeatTimeoutMultiplier", () -> service.setHeartbeatTimeoutMultiplier((int) value));
                assertNamed("clusterDataTaskMaxAttempts", () -> service.setClusterDataTaskMaxAttempts((int) value));
            }
            assertThat(service.getAcquireLockInterval()).isEqualTo(10);
        }

        @Test
        void nullIsNamed() {
            FileLockClusterService service = new FileLockClusterService();
            assertNamed("acquireLockDelayUnit", () -> service.setAcquireLockDelayUnit(null));
            assertNamed("acquireLockIntervalUnit", () -> service.setAcquireLockIntervalUnit(null));
            assertNamed("clusterDataTaskTimeoutUnit", () -> service.setClusterDataTaskTimeoutUnit(null));
            assertNamed("locking", () -> service.setLocking(null));
        }

        @Test
        void aStopBudgetBeyondAllReasonIsNamedOrWorks() {
            FileLockClusterService service = services.make("patient");
            try {
                service.setStopBudgetMillis(Long.MAX_VALUE);
                service.start();
            } catch (RuntimeException e) {
                assertThat(messages(e)).contains("stopBudgetMillis");
                assertThat(threadsOf("patient")).isEmpty();
                service.setStopBudgetMillis(1_000);
                return;
            }
            awaitLeader(service.getView("lock1"));
        }

        @Test
        void theHugestIntervalDoesNotMakeItSleep() {
            FileLockClusterService service = services.make("huge");
            service.setAcquireLockInterval(Long.MAX_VALUE, TimeUnit.DAYS);
            service.start();
            awaitLeader(service.getView("lock1"));
        }

        private void assertNamed(String option, ThrowingCallable call) {
            assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(option);
        }
    }

    @Nested
    class Names {

        @ParameterizedTest
        @ValueSource(strings = {"", " ", "\t\n"})
        void anEmptyNameIsRefused(String name) {
            FileLockClusterService service = services.start("a");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> service.getView(name))
                    .withMessageContaining("name of a lock");
            assertThat(service.getNamespaces()).isEmpty();
        }

        @Test
        void noNameIsRefused() {
            FileLockClusterService service = services.start("a");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> service.getView(null))
                    .withMessageContaining("name of a lock");
        }

        @Test
        void everyOtherNameIsALockOfItsOwnInsideTheRoot() throws IOException {
            FileLockClusterService service = services.start("a");
            List<String> names = List.of(
                    "/",
                    "..",
                    ".",
                    "../../escape",
                    "a/b",
                    "a\u0000b",
                    "\u00fcn\u00efc\u00f6de \ud83d\ude00",
                    "x".repeat(300),
                    "lock1.leader",
                    "lock1.epoch",
                    "lock1",
                    "LOCK1",
                    ".members",
                    "con");
            for (String name : names) {
                awaitLeader(service.getView(name));
            }
            assertThat(service.getNamespaces()).containsExactlyInAnyOrderElementsOf(names);
            assertThat(filesBelow(root)).hasSize(3 * names.size());
            try (var beside = Files.list(temporary)) {
                assertThat(beside).containsExactly(root);
            }
        }
    }

    @Nested
    class Garbage {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "garbage",
                    "\u0000\u0000\u0000",
                    "member=b\n",
                    "presence=../../../etc/passwd\nmember=b\nstate=leading\n",
                    "member=b\nstate=leading\nepoch=1\nterm=1\nsince=\npid=1\nstarted=1\nscope=\npresence=a\u0000b",
                    "member=b\nstate=leading\nepoch=1\nterm=1\nsince=\npid=1\nstarted=1\nscope=\npresence=../lock1",
                    "member=b\nstate=leading\nepoch=9223372036854775807\nterm=1\nsince=\npid=1\nstarted=1\nscope=\npresence=b.1"
                })
        void fault24GarbageInTheLeaderFileDoesNotKeepALeaderAway(String garbage) throws IOException {
            Files.createDirectories(root);
            // What looks like a record gets a check sum that fits, so that its values are looked at.
            Files.writeString(
                    root.resolve("lock1.leader"),
                    garbage.startsWith("member=b\nstate") ? LeaderRecord.seal(garbage) : garbage);
            LeadershipView view = services.startImpatient("a").getView("lock1");
            awaitLeader(view);
            assertThat(view.leadership().fencingToken()).isPositive();
        }

        @Test
        void garbageInTheLeaderFileWhileSomebodyLeadsHurtsNobody() throws IOException {
            LeadershipView first = services.startImpatient("a").getView("lock1");
            awaitLeader(first);
            long token = first.leadership().fencingToken();
            LeadershipView second = services.startImpatient("b").getView("lock1");
            awaitLeaderIsKnown(second, "a");
            byte[] garbage = {0, -1, -2, 10, 61, 61, 10};
            replace("lock1.leader", garbage);
            soon().untilAsserted(() -> assertThat(
                            Files.readString(root.resolve("lock1.leader"), StandardCharsets.ISO_8859_1))
                    .contains("member=a"));
            assertThat(first.leadership().fencingToken()).isEqualTo(token);
            awaitLeaderIsKnown(second, "a");
            first.setDisabled(true);
            awaitLeader(second);
            assertThat(second.leadership().fencingToken()).isGreaterThan(token);
        }

        @Test
        void aDirectoryInThePlaceOfTheLeaderFileIsAProblemThatIsNamedAndNoBusyLoop() throws IOException {
            Files.createDirectories(root.resolve("lock1.leader"));
            assertIsNamedAndMended("lock1.leader");
        }

        @Test
        void aDirectoryInThePlaceOfTheEpochFileIsAProblemThatIsNamedAndNoBusyLoop() throws IOException {
            Files.createDirectories(root.resolve("lock1.epoch"));
            assertIsNamedAndMended("lock1.epoch");
        }

        @Test
        void aDirectoryInThePlaceOfTheLockFileIsAProblemThatIsNamedAndNoBusyLoop() throws IOException {
            Files.createDirectories(root.resolve("lock1"));
            assertIsNamedAndMended("lock1");
        }

        private void assertIsNamedAndMended(String file) throws IOException {
            LeadershipView view = services.startImpatient("a").getView("lock1");
            soon().untilAsserted(() -> assertThat(view.leadership().problem())
                    .isNotNull()
                    .contains(root.resolve(file).toString()));
            assertThat(view.isLeader()).isFalse();
            long before = cpuNanos("files");
            long wakeUps = System.nanoTime() + Duration.ofMillis(1_500).toNanos();
            within(Duration.ofSeconds(3)).until(() -> System.nanoTime() - wakeUps >= 0);
            assertThat(Duration.ofNanos(cpuNanos("files") - before))
                    .as("processor time of a member that waits for a person, in 1.5 s")
                    .isLessThan(Duration.ofMillis(150));
            Files.delete(root.resolve(file));
            awaitLeader(view);
            assertThat(view.leadership().problem()).isNull();
        }

        private long cpuNanos(String role) {
            return java.lang.management.ManagementFactory.getThreadMXBean()
                    .getThreadCpuTime(FileServices.thread("a", role).getId());
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "garbage", "\u0000", "-5", "9223372036854775807", "99999999999999999999999"})
        void anEpochThatCannotBeReadDoesNotGoBackwards(String garbage) throws IOException {
            FileLockClusterService a = services.startImpatient("a");
            LeadershipView first = a.getView("lock1");
            awaitLeader(first);
            long token = first.leadership().fencingToken();
            a.stop();
            replace("lock1.epoch", garbage.getBytes(StandardCharsets.UTF_8));
            LeadershipView second = services.startImpatient("b").getView("lock1");
            awaitLeader(second);
            assertThat(second.leadership().fencingToken()).isGreaterThan(token);
            assertThat(epochOnDisk("lock1"))
                    .as("no token above it was issued")
                    .isGreaterThanOrEqualTo(second.leadership().fencingToken());
        }

        @Test
        void anEpochAheadOfTheClockRisesFurther() throws IOException {
            long ahead = System.currentTimeMillis() + 86_400_000;
            Files.createDirectories(root);
            Files.writeString(root.resolve("lock1.epoch"), ahead + "\n");
            LeadershipView view = services.startImpatient("a").getView("lock1");
            awaitLeader(view);
            assertThat(view.leadership().fencingToken()).isEqualTo(ahead + 1);
        }

        @Test
        void anEpochThatIsMadeGarbageWhileItLeadsIsWrittenAgain() throws IOException {
            LeadershipView view = services.startImpatient("a").getView("lock1");
            awaitLeader(view);
            long token = view.leadership().fencingToken();
            replace("lock1.epoch", "garbage".getBytes(StandardCharsets.UTF_8));
            soon().untilAsserted(() -> assertThat(
                            Files.readString(root.resolve("lock1.epoch")).strip())
                    .containsOnlyDigits());
            assertThat(epochOnDisk("lock1")).isGreaterThanOrEqualTo(token);
            Files.delete(root.resolve("lock1.epoch"));
            soon().until(() -> Files.exists(root.resolve("lock1.epoch")));
            assertThat(view.isLeader()).isTrue();
            assertThat(view.leadership().fencingToken()).isEqualTo(token);
        }

        @Test
        void aHigherEpochEndsLeadership() throws IOException {
            LeadershipView view = services.startImpatient("a").getView("lock1");
            awaitLeader(view);
            long other = epochOnDisk("lock1") + 1_000_000;
            replace("lock1.epoch", Long.toString(other).getBytes(StandardCharsets.UTF_8));
            soon().untilAsserted(
                            () -> assertThat(view.leadership().fencingToken()).isGreaterThan(other));
        }

        @Test
        void rubbishAmongTheMembersNeitherCountsNorLeaksDescriptors() throws IOException {
            Files.createDirectories(root.resolve(".members/a-directory"));
            Files.writeString(root.resolve(".members/rubbish.12345678"), "rubbish");
            LeadershipView view = services.startImpatient("a").getView("lock1");
            awaitLeader(view);
            // The lock, the presence and the watches are open, and that is all, however often the directory is looked
            // through.
            Files.writeString(root.resolve(".members/more.rubbish"), "");
            soon().until(() -> !Files.exists(root.resolve(".members/more.rubbish")));
            Files.writeString(root.resolve(".members/still-more.rubbish"), "");
            soon().until(() -> !Files.exists(root.resolve(".members/still-more.rubbish")));
            soon().untilAsserted(() -> assertThat(descriptorsBelow(root)).isLessThanOrEqualTo(2));
            assertThat(view.getMembers()).hasSize(1);
        }

        private void replace(String file, byte[] content) throws IOException {
            Path draft = Files.write(temporary.resolve("draft"), content);
            Files.move(draft, root.resolve(file), StandardCopyOption.ATOMIC_MOVE);
        }
    }

    @Nested
    class WhileRunning {

        @Test
        void rootRenamedAwayEndsLeadershipAndRestoredItReturns() throws IOException {
            LeadershipView view = services.startImpatient("a").getView("lock1");
            awaitLeader(view);
            long token = view.leadership().fencingToken();
            Files.move(root, temporary.resolve("away"));
            soon().untilAsserted(() -> {
                assertThat(view.leadership().tenure()).isNull();
                assertThat(view.leadership().problem()).isNotNull().contains(root.toString(), "no longer exists");
            });
            assertThat(root).as("an unmounted root is never created again").doesNotExist();
            Files.move(temporary.resolve("away"), root);
            awaitLeader(view);
            assertThat(view.leadership().fencingToken()).isGreaterThan(token);
            assertThat(view.leadership().problem()).isNull();
        }

        @Test
        void rootReplacedByAnEmptyOneEndsLeadershipAndALaterOneBegins() throws IOException {
            LeadershipView view = services.startImpatient("a").getView("lock1");
            awaitLeader(view);
            long token = view.leadership().fencingToken();
            Files.move(root, temporary.resolve("away"));
            Files.createDirectories(root);
            soon().untilAsserted(() -> assertThat(view.isLeader()).isFalse());
            awaitLeader(view);
            assertThat(view.leadership().fencingToken()).isGreaterThan(token);
            assertThat(root.resolve("lock1")).isRegularFile();
            assertThat(descriptorsBelow(temporary.resolve("away")))
                    .as("nothing of the former root stays open")
                    .isZero();
        }

        @Test
        void everythingInTheRootDeletedEndsLeadershipAndHandOverStaysFast() throws IOException {
            LeadershipView first = services.startImpatient("a").getView("lock1");
            awaitLeader(first);
            LeadershipView second = services.startImpatient("b").getView("lock1");
            awaitLeaderIsKnown(second, "a");
            try (var files = Files.walk(root)) {
                for (Path file :
                        files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    if (!file.equals(root)) {
                        Files.deleteIfExists(file);
                    }
                }
            }
            soon().untilAsserted(() -> assertThat(first.isLeader()).isFalse());
            soon().until(() -> first.isLeader() || second.isLeader());
            LeadershipView leader = first.isLeader() ? first : second;
            LeadershipView other = leader == first ? second : first;
            awaitLeaderIsKnown(other, leader.leadership().member());
            // Both presences are shown and watched again.
            soon().untilAsserted(() -> {
                try (var members = Files.list(root.resolve(".members"))) {
                    assertThat(members.count()).isEqualTo(2);
                }
            });
            Duration handOver = Duration.ZERO;
            for (int i = 0; i < 3; i++) {
                LeadershipView from = i % 2 == 0 ? leader : other;
                LeadershipView to = i % 2 == 0 ? other : leader;
                to.setDisabled(false);
                awaitLeaderIsKnown(to, from.leadership().member());
                long since = System.nanoTime();
                from.setDisabled(true);
                awaitLeader(to);
                handOver = Duration.ofNanos(System.nanoTime() - since);
            }
            assertThat(handOver)
                    .as("less than the poll interval: the new directory is watched")
                    .isLessThan(Duration.ofMillis(600));
        }

        @Test
        void aLockFileThatIsDeletedWhileItLeadsEndsThatTenure() throws IOException {
            LeadershipView view = services.startImpatient("a").getView("lock1");
            awaitLeader(view);
            long token = view.leadership().fencingToken();
            Files.delete(root.resolve("lock1"));
            soon().untilAsserted(() -> assertThat(view.isLeader()).isFalse());
            awaitLeader(view);
            assertThat(view.leadership().fencingToken()).isGreaterThan(token);
        }

        @Test
        void aLockFileThatIsReplacedWhileItLeadsEndsThatTenure() throws IOException {
            LeadershipView view = services.startImpatient("a").getView("lock1");
            awaitLeader(view);
            long token = view.leadership().fencingToken();
            Path draft = Files.createFile(temporary.resolve("draft"));
            Files.move(draft, root.resolve("lock1"), StandardCopyOption.ATOMIC_MOVE);
            soon().untilAsserted(() -> assertThat(view.isLeader()).isFalse());
            awaitLeader(view);
            assertThat(view.leadership().fencingToken()).isGreaterThan(token);
        }

        @Test
        void aPresenceThatIsDeletedIsShownAgain() throws IOException {
            LeadershipView view = services.start("a").getView("lock1");
            awaitLeader(view);
            Path presence;
            try (var members = Files.list(root.resolve(".members"))) {
                presence = members.filter(file -> !file.toString().endsWith(Presences.WAKE))
                        .findFirst()
                        .orElseThrow();
            }
            Files.delete(presence);
            soon().until(() -> Files.exists(presence));
            assertThat(view.isLeader()).isTrue();
        }

        @Test
        void aFullDiskDisturbsNeitherALeaderNorAHandOverAndANewLockSaysSo() throws IOException {
            Files.createDirectories(root);
            mounts.tmpfs(root, 256);
            LeadershipView first = services.start("a").getView("lock1");
            awaitLeader(first);
            FileLockClusterService other = services.start("b");
            LeadershipView second = other.getView("lock1");
            awaitLeaderIsKnown(second, "a");
            fill(root.resolve("ballast"));
            long token = first.leadership().fencingToken();
            within(Duration.ofSeconds(4)).during(Duration.ofMillis(2_500)).until(first::isLeader);

            LeadershipView fresh = other.getView("lock2");
            soon().untilAsserted(() -> assertThat(fresh.leadership().problem())
                    .isNotNull()
                    .contains("No space left on device", root.toString()));
            assertThat(fresh.isLeader()).isFalse();

            first.setDisabled(true);
            awaitLeader(second); // what is recorded fits into the place of the record before
            assertThat(second.leadership().fencingToken()).isGreaterThan(token);

            Files.delete(root.resolve("ballast"));
            awaitLeader(fresh);
            assertThat(fresh.leadership().problem()).isNull();
        }
    }

    /** Uses up what is left of a file system. */
    private static void fill(Path file) {
        try (var out = Files.newOutputStream(file)) {
            byte[] page = new byte[4096];
            while (true) {
                out.write(page);
                out.flush();
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space");
        }
    }
}
