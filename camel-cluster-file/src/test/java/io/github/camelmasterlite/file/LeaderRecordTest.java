package io.github.camelmasterlite.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LeaderRecordTest {

    private static final LeaderRecord RECORD = new LeaderRecord(
            "host-1",
            "host-1.0123abcd",
            "boot/pid:[4026531836]",
            4711,
            123456,
            1_750_000_000_000L,
            7,
            "2026-01-01T00:00:00Z",
            LeaderRecord.State.LEADING);

    @ParameterizedTest
    @EnumSource(LeaderRecord.State.class)
    void whatIsWrittenIsRead(LeaderRecord.State state) {
        assertThat(LeaderRecord.parse(RECORD.with(state).write())).isEqualTo(RECORD.with(state));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "a=b",
                "a\nstate=released",
                "a\\nb",
                "\\",
                "\\\\n",
                "\r\n",
                "\u00e9\ud83d\ude00",
                "member=x\npid=3",
                "x\\"
            })
    void everyMemberIdSurvives(String member) {
        LeaderRecord record = new LeaderRecord(member, "p.1", member, 1, 2, 3, 4, member, LeaderRecord.State.SETTLING);
        assertThat(LeaderRecord.parse(record.write())).isEqualTo(record);
    }

    @Test
    void halfARecordIsNone() {
        String whole = RECORD.write();
        for (int length = 0; length < whole.length(); length++) {
            String part = whole.substring(0, length);
            LeaderRecord read = LeaderRecord.parse(part);
            assertThat(read == null || part.endsWith("\n")).as(part).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "epoch=-1",
                "epoch=9223372036854775807",
                "epoch=99999999999999999999",
                "epoch=x",
                "epoch=",
                "term=-1",
                "pid=x",
                "started=",
                "state=king",
                "state=",
                "presence=",
                "presence=..",
                "presence=../lock1",
                "presence=/etc/passwd",
                "presence=a\u0000b",
                "presence=.",
                "presence=.members"
            })
    void aRecordWithAValueThatNobodyWritesIsGarbage(String line) {
        String key = line.substring(0, line.indexOf('=') + 1);
        String lines = RECORD.write();
        lines = lines.substring(0, lines.indexOf("\ncheck="));
        assertThat(LeaderRecord.parse(LeaderRecord.seal(lines))).isEqualTo(RECORD);
        lines = lines.replaceAll("(?m)^" + key + ".*$", java.util.regex.Matcher.quoteReplacement(line));
        assertThat(lines).contains(line);
        assertThat(LeaderRecord.parse(LeaderRecord.seal(lines))).isNull();
    }

    @Test
    void aRecordThatOverwritesALongerOneIsRead() {
        String longer =
                new LeaderRecord("m".repeat(3_000), "p.1", "", 1, 2, 3, 4, "", LeaderRecord.State.LEADING).write();
        String text = RECORD.write() + longer.substring(RECORD.write().length());
        assertThat(LeaderRecord.parse(text)).isEqualTo(RECORD);
    }

    @Test
    void aMixtureOfTwoRecordsIsNone() {
        String one = RECORD.write();
        String other = RECORD.with(LeaderRecord.State.RELEASED).write();
        assertThat(one).hasSameSizeAs(other);
        for (int length = 0; length <= one.length(); length++) {
            LeaderRecord read = LeaderRecord.parse(one.substring(0, length) + other.substring(length));
            assertThat(read).isIn(null, RECORD, RECORD.with(LeaderRecord.State.RELEASED));
        }
    }

    @Test
    void noGarbageThrows() {
        Random random = new Random(7);
        String whole = RECORD.write();
        for (int i = 0; i < 20_000; i++) {
            char[] text = whole.toCharArray();
            for (int n = random.nextInt(5); n >= 0; n--) {
                text[random.nextInt(text.length)] =
                        (char) (random.nextBoolean() ? random.nextInt(128) : random.nextInt(0x10000));
            }
            LeaderRecord read = LeaderRecord.parse(new String(text));
            if (read != null) {
                assertThat(LockNames.isEncoded(read.presence())).isTrue();
                assertThat(LeaderRecord.parse(read.write())).isEqualTo(read);
            }
        }
    }
}
