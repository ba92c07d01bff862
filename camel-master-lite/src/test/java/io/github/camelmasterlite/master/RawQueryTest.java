package io.github.camelmasterlite.master;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RawQueryTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', emptyValue = "", textBlock = """
            master:l:foo:x                                                | ''
            master:l:foo:x?                                               | ''
            master:l:foo:x?a=1&b=2                                        | a=1&b=2
            master:l:foo:x?master.guard=off                               | ''
            master:l:foo:x?a=1&master.guard=off                           | a=1
            master:l:foo:x?master.guard=off&a=1                           | a=1
            master:l:foo:x?a=1&master.guard=off&b=2                       | a=1&b=2
            master:l:foo:x?master%2Eguard=off&b=2                         | b=2
            master:l:foo:x?a=RAW(x&master.guard=off)&b=2                  | a=RAW(x&master.guard=off)&b=2
            master:l:foo:x?a=RAW{x&master.guard=off}&b=2                  | a=RAW{x&master.guard=off}&b=2
            master:l:foo:x?a=RAW(x)y&master.guard=off)&b=2                | a=RAW(x)y&master.guard=off)&b=2
            master:l:foo:x?a=RAW(x&master.guard=off)                      | a=RAW(x&master.guard=off)
            master:l:foo:x?a=RAW(x)&master.guard=off                      | a=RAW(x)
            master:l:foo:x?a=RAW(never closed&master.guard=off            | a=RAW(never closed&master.guard=off
            master:l:foo:x?a=1&flag&master.guard=off                      | a=1&flag
            master:l:foo:x?a=b=c&x=hello}+world&y=%25                     | a=b=c&x=hello}+world&y=%25
            master:l:foo:x?a=x?y&b=2                                      | a=x?y&b=2
            master:l:foo:x?a%zz=1&master.guard=off                        | a%zz=1
            master:l:foo:x?masterful=1                                    | masterful=1
            """)
    void takesOutWhatIsOursAndNothingElse(String uri, String rest) {
        assertThat(RawQuery.of(uri).without(key -> key.startsWith("master."))).isEqualTo(rest);
    }
}
