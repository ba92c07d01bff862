package io.github.camelmasterlite.examples.benchmark;

import java.io.IOException;
import java.util.List;

/** By what members elect their leaders: which program a member is, and what it has to know. */
interface Meeting {

    /**
     * What a member runs.
     *
     * @param main      the program; its arguments are those of {@link BenchMember#run}
     * @param classPath its class path
     * @param arguments what it needs beyond
     */
    record Launch(Class<?> main, String classPath, List<String> arguments) {
        public Launch {
            arguments = List.copyOf(arguments);
        }
    }

    /** A place that no other measurement has used. */
    Launch at(String name, int locks) throws IOException;

    /** A member begins, by that name. */
    default void joins(String member) {}

    /** The process of a member has ended. */
    default void hasLeft(String member) {}
}
