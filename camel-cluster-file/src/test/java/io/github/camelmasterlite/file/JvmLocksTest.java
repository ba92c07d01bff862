package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel holds is asked of another process: within this JVM it cannot be seen. */
@NullUnmarked
class JvmLocksTest {

    private static final Runnable NOBODY = new Runnable() {
        @Override
        public void run() {
            // Nobody waits.
        }
    };

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = directory.resolve("lock1");
    }

    /** Tries the lock as another process would. */
    private boolean anotherProcessCouldTake(Path path) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Taker.class.getName(),
                        path.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isIn(10, 11);
            return process.exitValue() == 10;
        } finally {
            process.destroyForcibly();
        }
    }

    /** Ends with 10 if the lock could be taken as a whole, with 11 if not. */
    static final class Taker {
        public static void main(String[] args) throws Exception {
            JvmLocks.Handle handle = JvmLocks.open(Path.of(args[0]), false);
            System.exit(handle != null && handle.tryLock(new Object(), NOBODY) ? 10 : 11);
        }
    }

    private JvmLocks.Handle open() throws Exception {
        JvmLocks.Handle handle = JvmLocks.open(file, true);
        assertThat(handle).isNotNull();
        return handle;
    }

    @Test
    void anAbsentFileIsNotCreatedUnlessAskedFor() throws Exception {
        assertThat(JvmLocks.open(file, false)).isNull();
        assertThat(file).doesNotExist();
    }

    @Test
    void twoContextsOfOneJvmShareOneDescriptorAndOnlyOneHasTheLock() throws Exception {
        JvmLocks.Handle first = open();
        JvmLocks.Handle second = open();
        Object a = new Object();
        Object b = new Object();
        assertThat(FileServices.descriptorsBelow(directory)).isEqualTo(1);
        assertThat(first.tryLock(a, NOBODY)).isTrue();
        AtomicInteger told = new AtomicInteger();
        Runnable whenFree = told::incrementAndGet;
        assertThat(second.tryLock(b, whenFree)).isFalse();
        assertThat(second.tryLock(b, whenFree)).isFalse();
        first.unlock(a);
        assertThat(told).as("told once").hasValue(1);
        assertThat(second.tryLock(b, whenFree)).isTrue();
        first.close();
        assertThat(anotherProcessCouldTake(file))
                .as("the other context's lock outlives the first one's share")
                .isFalse();
        second.unlock(b);
        second.close();
        assertThat(FileServices.descriptorsBelow(directory)).isZero();
        assertThat(anotherProcessCouldTake(file)).isTrue();
    }

    @Test
    void aShareThatIsClosedTwiceCountsOnce() throws Exception {
        JvmLocks.Handle first = open();
        JvmLocks.Handle second = open();
        Object b = new Object();
        assertThat(second.tryLock(b, NOBODY)).isTrue();
        first.close();
        first.close();
        assertThat(second.reassert(b)).isTrue();
        second.unlock(b);
        second.close();
    }

    @Test
    void whoDoesNotHaveTheLockCannotGiveItUp() throws Exception {
        JvmLocks.Handle first = open();
        Object a = new Object();
        assertThat(first.tryLock(a, NOBODY)).isTrue();
        first.unlock(new Object());
        assertThat(first.isOwner(a)).isTrue();
        first.unlock(a);
        first.close();
    }

    @Test
    void oneWaitingMemberThatFailsDoesNotHideTheFreeLockFromTheOthers() throws Exception {
        JvmLocks.Handle handle = open();
        Object a = new Object();
        assertThat(handle.tryLock(a, NOBODY)).isTrue();
        AtomicInteger told = new AtomicInteger();
        handle.tryLock(new Object(), () -> {
            throw new NoClassDefFoundError("of a closed class loader");
        });
        handle.tryLock(new Object(), told::incrementAndGet);
        handle.unlock(a);
        assertThat(told).hasValue(1);
        handle.close();
    }

    @Test
    void anotherClassLoaderSharesTheSameDescriptor() throws Exception {
        JvmLocks.Handle ours = open();
        Object a = new Object();
        assertThat(ours.tryLock(a, NOBODY)).isTrue();
        try (URLClassLoader loader = otherLoader()) {
            Class<?> others = loader.loadClass(JvmLocks.class.getName());
            assertThat(others).isNotSameAs(JvmLocks.class);
            Method open = others.getDeclaredMethod("open", Path.class, boolean.class);
            open.setAccessible(true);
            Object theirs = open.invoke(null, file, false);
            Method tryLock = theirs.getClass().getDeclaredMethod("tryLock", Object.class, Runnable.class);
            Method close = theirs.getClass().getDeclaredMethod("close");
            tryLock.setAccessible(true);
            close.setAccessible(true);
            assertThat(FileServices.descriptorsBelow(directory)).isEqualTo(1);
            assertThat(tryLock.invoke(theirs, new Object(), NOBODY)).isEqualTo(false);
            close.invoke(theirs);
            assertThat(anotherProcessCouldTake(file))
                    .as("closing the other's share drops nothing")
                    .isFalse();
        }
        assertThat(ours.reassert(a)).isTrue();
        ours.unlock(a);
        ours.close();
    }

    @Test
    void aServiceOfAnotherClassLoaderDoesNotLeadBesideOurs() throws Exception {
        try (FileServices services = new FileServices(directory);
                URLClassLoader loader = otherLoader()) {
            var view = services.start("ours").getView("lock1");
            FileServices.awaitLeader(view);
            Class<?> type = loader.loadClass(FileLockClusterService.class.getName());
            assertThat(type).isNotSameAs(FileLockClusterService.class);
            Constructor<?> constructor = type.getConstructor();
            Object theirs = constructor.newInstance();
            try {
                type.getMethod("setId", String.class).invoke(theirs, "theirs");
                type.getMethod("setRoot", String.class).invoke(theirs, directory.toString());
                type.getMethod("start").invoke(theirs);
                type.getMethod("getView", String.class).invoke(theirs, "lock1");
                Method isLeader = type.getMethod("isLeader", String.class);
                FileServices.within(Duration.ofSeconds(3))
                        .during(Duration.ofMillis(1_500))
                        .until(() -> view.isLeader() && !(boolean) isLeader.invoke(theirs, "lock1"));
                view.setDisabled(true);
                FileServices.soon().until(() -> (boolean) isLeader.invoke(theirs, "lock1"));
                assertThat(view.isLeader()).isFalse();
            } finally {
                type.getMethod("stop").invoke(theirs);
            }
            view.setDisabled(false);
            FileServices.awaitLeader(view);
        }
    }

    /** Another copy of the project's classes; Camel and the rest are shared. */
    private static URLClassLoader otherLoader() {
        URL[] urls = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(JvmLocksTest::url)
                .toArray(URL[]::new);
        return new URLClassLoader(urls, JvmLocksTest.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (name.startsWith("io.github.camelmasterlite.")) {
                    synchronized (getClassLoadingLock(name)) {
                        Class<?> loaded = findLoadedClass(name);
                        return loaded != null ? loaded : findClass(name);
                    }
                }
                return super.loadClass(name, resolve);
            }
        };
    }

    private static URL url(String entry) {
        try {
            return Path.of(entry).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aLockWhoseOwnerIsGoneIsFreeForTheNext() throws Exception {
        JvmLocks.Handle first = open();
        lockForSomebodyWhoIsForgotten(first);
        Object b = new Object();
        FileServices.soon().until(() -> {
            System.gc();
            return first.tryLock(b, NOBODY);
        });
        assertThat(first.reassert(b)).isTrue();
        first.unlock(b);
        first.close();
    }

    private static void lockForSomebodyWhoIsForgotten(JvmLocks.Handle handle) throws Exception {
        assertThat(handle.tryLock(new Object(), NOBODY)).isTrue();
    }

    @Test
    void aLockThatACarelessReaderOfThisJvmDroppedIsHealedIfNobodyTookIt() throws Exception {
        JvmLocks.Handle handle = open();
        Object a = new Object();
        assertThat(handle.tryLock(a, NOBODY)).isTrue();
        try (FileChannel careless = FileChannel.open(file, StandardOpenOption.READ)) {
            assertThat(careless.size()).isZero();
        }
        assertThat(anotherProcessCouldTake(file))
                .as("the kernel dropped it silently")
                .isTrue();
        assertThat(handle.reassert(a)).isTrue();
        assertThat(anotherProcessCouldTake(file)).isFalse();
        handle.unlock(a);
        handle.close();
    }

    @Test
    void aReplacedFileIsAnotherLock() throws Exception {
        JvmLocks.Handle before = open();
        Object a = new Object();
        assertThat(before.tryLock(a, NOBODY)).isTrue();
        Files.move(Files.createFile(directory.resolve("draft")), file, StandardCopyOption.ATOMIC_MOVE);
        JvmLocks.Handle after = JvmLocks.open(file, false);
        assertThat(after).isNotNull();
        assertThat(after.key()).isNotEqualTo(before.key());
        assertThat(after.tryLock(new Object(), NOBODY)).isTrue();
        before.unlock(a);
        before.close();
        assertThat(anotherProcessCouldTake(file))
                .as("closing the former file does not drop the lock on the new one")
                .isFalse();
        after.close();
    }

    @Test
    void aHardLinkIsTheSameLock() throws Exception {
        JvmLocks.Handle first = open();
        Path link = Files.createLink(directory.resolve("link"), file);
        JvmLocks.Handle second = JvmLocks.open(link, false);
        assertThat(second).isNotNull();
        assertThat(second.key()).isEqualTo(first.key());
        assertThat(FileServices.descriptorsBelow(directory)).isEqualTo(1);
        first.close();
        second.close();
    }

    @Test
    void aMemberThatNoLongerWaitsIsNotKeptInMemory() throws Exception {
        JvmLocks.Handle first = open();
        JvmLocks.Handle second = open();
        Object a = new Object();
        assertThat(first.tryLock(a, NOBODY)).isTrue();
        AtomicInteger told = new AtomicInteger();
        Runnable whenFree = told::incrementAndGet;
        second.tryLock(new Object(), whenFree);
        second.forget(whenFree);
        second.close();
        first.unlock(a);
        assertThat(told).hasValue(0);
        first.close();
    }

    @Test
    void anInterruptedThreadLocksAndReassertsAllTheSame() throws Exception {
        JvmLocks.Handle handle = open();
        Object a = new Object();
        try {
            Thread.currentThread().interrupt();
            assertThat(handle.tryLock(a, NOBODY)).isTrue();
            assertThat(handle.reassert(a)).isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(handle.reassert(a)).as("the channel is still open").isTrue();
        assertThat(anotherProcessCouldTake(file)).isFalse();
        handle.unlock(a);
        handle.close();
    }
}
