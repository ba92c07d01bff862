package com.example.leader;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The row knows who was last. */
class AccountTest {

    @Test
    void aWriteWithAnOldTokenIsRefused() throws Exception {
        try (HikariDataSource pool = Databases.pool(
                "jdbc:h2:mem:account;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE", 1, Duration.ofSeconds(5))) {
            Databases.createTables(pool);
            Account account = new Account(pool);
            assertThat(account.add(1, 7)).as("the first tenure").isTrue();
            assertThat(account.add(1, 7)).as("again").isTrue();
            assertThat(account.add(1, 9)).as("the next tenure").isTrue();
            assertThat(account.add(1, 7)).as("the first, back from a pause").isFalse();
            assertThat(account.add(1, 9)).as("the next, undisturbed").isTrue();
        }
    }
}
