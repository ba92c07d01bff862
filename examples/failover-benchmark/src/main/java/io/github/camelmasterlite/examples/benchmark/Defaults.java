package io.github.camelmasterlite.examples.benchmark;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Defaults of options of {@link Program} that are others for some commands. */
abstract class Defaults implements IDefaultValueProvider {
    private final Map<String, String> values;

    Defaults(Map<String, String> values) {
        this.values = Map.copyOf(values);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        return argument instanceof OptionSpec option ? values.get(option.longestName()) : null;
    }

    /** Of {@link Peers}. */
    static final class OfPeers extends Defaults {
        OfPeers() {
            super(Map.of("--rounds", "10", "--settle", "5000"));
        }
    }

    /** Of {@link ScaleBenchmark}. */
    static final class OfScale extends Defaults {
        OfScale() {
            super(Map.of("--rounds", "3", "--settle", "10000", "--members", "10", "--heap", "64m"));
        }
    }
}
