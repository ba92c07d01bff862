/**
 * What a Spring Boot application gets without a line of code: the keys {@code camel.component.master.*}, and what the modules with cluster services need to read theirs. Found by Spring alone; without
 * it on the class path nothing here is loaded.
 */
@Internal
@NullMarked
package io.github.camelmasterlite.springboot;

import io.github.camelmasterlite.Internal;
import org.jspecify.annotations.NullMarked;
