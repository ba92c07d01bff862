@NullMarked
package io.github.camelmasterlite.springboot;

import org.jspecify.annotations.NullMarked;
