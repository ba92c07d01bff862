/** What every store of lease records must do, as tests: for this project's stores and for anybody else's. */
@NullMarked
package io.github.camelmasterlite.store;

import org.jspecify.annotations.NullMarked;
