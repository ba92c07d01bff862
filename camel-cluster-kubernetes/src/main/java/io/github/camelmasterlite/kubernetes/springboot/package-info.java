/** The cluster service of a Spring Boot application, made from its keys. Found by Spring alone; without it on the class path nothing here is loaded. */
@Internal
@NullMarked
package io.github.camelmasterlite.kubernetes.springboot;

import io.github.camelmasterlite.Internal;
import org.jspecify.annotations.NullMarked;
