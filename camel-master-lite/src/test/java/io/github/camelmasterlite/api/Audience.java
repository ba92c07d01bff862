package io.github.camelmasterlite.api;

import io.github.camelmasterlite.Api;
import io.github.camelmasterlite.Internal;
import io.github.camelmasterlite.Spi;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Modifier;
import java.util.Locale;
import org.apache.camel.spi.EndpointUriFactory;
import org.apache.camel.spi.GeneratedPropertyConfigurer;
import org.jspecify.annotations.Nullable;

/** For whom a type is: the mark of the type, else of the type around it, else of its package, else applications. */
enum Audience {
    API,
    SPI,
    INTERNAL;

    static Audience of(Class<?> type) {
        for (Class<?> around = type; around != null; around = around.getEnclosingClass()) {
            Audience marked = mark(around);
            if (marked != null) {
                return marked;
            }
        }
        Audience marked = mark(type.getPackage());
        return marked == null ? API : marked;
    }

    private static @Nullable Audience mark(AnnotatedElement element) {
        if (element.isAnnotationPresent(Internal.class)) {
            return INTERNAL;
        }
        if (element.isAnnotationPresent(Spi.class)) {
            return SPI;
        }
        return element.isAnnotationPresent(Api.class) ? API : null;
    }

    /** Whether somebody outside of this project may use it. */
    static boolean isPublished(Class<?> type) {
        return isVisible(type) && of(type) != INTERNAL && !isGenerated(type);
    }

    private static boolean isVisible(Class<?> type) {
        for (Class<?> around = type; around != null; around = around.getEnclosingClass()) {
            boolean isInherited = Modifier.isProtected(around.getModifiers())
                    && !Modifier.isFinal(around.getEnclosingClass().getModifiers());
            if (!Modifier.isPublic(around.getModifiers()) && !isInherited) {
                return false;
            }
        }
        return true;
    }

    /** Camel finds these by its own service files; nobody names them. */
    private static boolean isGenerated(Class<?> type) {
        return GeneratedPropertyConfigurer.class.isAssignableFrom(type)
                || EndpointUriFactory.class.isAssignableFrom(type);
    }

    static boolean isOurs(String name) {
        return name.startsWith("io.github.camelmasterlite.");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
