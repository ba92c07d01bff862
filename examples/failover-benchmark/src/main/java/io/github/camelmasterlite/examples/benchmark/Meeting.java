package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** By what members elect their leaders: which program a member is, and what it has to know. */
interface Meeting {

    /**
     * What a member runs.
     *
     * @param main      the class, or the file of a program that is not Java's; its arguments are those of {@link BenchMember#run}
     * @param classPath its class path; null for a program that is not Java's
     * @param arguments what it needs beyond
     */
    record Launch(String main, @Nullable String classPath, List<String> arguments) {
        Launch(Class<?> main, String classPath, List<String> arguments) {
            this(main.getName(), classPath, arguments);
        }

        public Launch {
            arguments = List.copyOf(arguments);
        }
    }

    /** A place that no other measurement has used. */
    Launch at(String name, int locks) throws IOException;

    /** A member begins, by that name. */
    default void joins(String member) {}

    /** The process of a member that has begun has ended. Called at once, by any thread. */
    default void hasLeft(String member) {}
}
