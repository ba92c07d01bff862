/** What the documentation says is compared with the code, and what it shows is run. */
@NullMarked
package io.github.camelmasterlite.docs;

import org.jspecify.annotations.NullMarked;
