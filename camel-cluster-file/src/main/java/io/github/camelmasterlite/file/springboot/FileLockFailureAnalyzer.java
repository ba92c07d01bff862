package io.github.camelmasterlite.file.springboot;

import io.github.camelmasterlite.file.FileLockClusterService;
import io.github.camelmasterlite.springboot.OptionFailureAnalyzer;
import org.springframework.core.env.Environment;

/** Names the keys of what {@link FileLockClusterService} complains of when it is started. */
final class FileLockFailureAnalyzer extends OptionFailureAnalyzer {

    FileLockFailureAnalyzer(Environment environment) {
        super(FileLockKeys.in(environment), FileLockClusterService.class);
    }
}
