package io.github.camelmasterlite.file;

import org.junit.jupiter.api.BeforeEach;

/** So do leases in a directory of a file system that knows no hard links, and does not report what other machines do. */
class DirectoryLeaseWithoutLinksTest extends DirectoryLeaseStoreTest {

    @BeforeEach
    void haveNoLinks() {
        files.link = TrialFiles.Link.UNSUPPORTED;
    }

    @Override
    protected AutoCloseable loseAnswers() {
        files.losesAnswers = true;
        return () -> files.losesAnswers = false;
    }

    @Override
    boolean isLocal() {
        return false;
    }
}
