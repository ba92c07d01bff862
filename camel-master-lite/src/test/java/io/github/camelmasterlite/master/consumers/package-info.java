/** What becomes of an exchange that the guard rejects, with the consumers of Camel behind {@code master:}. The table of docs/rejection.md. */
@NullMarked
package io.github.camelmasterlite.master.consumers;

import org.jspecify.annotations.NullMarked;
