package io.github.camelmasterlite.api;

import io.github.camelmasterlite.Internal;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedTypeVariable;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes down types and their members, sorted, one line each, so that a change of what is published can be read as a difference of text. */
final class ApiListing {

    private final String module;

    ApiListing(String module) {
        this.module = module;
    }

    String of(List<Class<?>> types) {
        StringBuilder out = new StringBuilder();
        out.append("# What ")
                .append(module)
                .append(" publishes: types with their members, sorted. Written and compared by a test.\n")
                .append("# api: for applications. spi: for authors of stores. A type that ends in ? may be null.\n");
        types.stream()
                .sorted(Comparator.comparing(Class::getName))
                .forEach(type -> out.append('\n').append(type(type)));
        return out.toString();
    }

    private static String type(Class<?> type) {
        StringBuilder out = new StringBuilder();
        out.append(Audience.of(type))
                .append(' ')
                .append(modifiers(type.getModifiers() & ~(type.isInterface() ? Modifier.ABSTRACT : 0), type))
                .append(kind(type))
                .append(' ')
                .append(type.getCanonicalName())
                .append(variables(type.getTypeParameters()));
        if (type.isRecord()) {
            out.append(Arrays.stream(type.getRecordComponents())
                    .map(component -> name(component.getAnnotatedType()) + " " + component.getName())
                    .collect(Collectors.joining(", ", "(", ")")));
        }
        AnnotatedType superclass =
                type.isInterface() || type.isEnum() || type.isRecord() ? null : type.getAnnotatedSuperclass();
        if (superclass != null && superclass.getType() != Object.class) {
            out.append(" extends ").append(name(superclass));
        }
        if (type.getAnnotatedInterfaces().length > 0) {
            out.append(type.isInterface() ? " extends " : " implements ").append(names(type.getAnnotatedInterfaces()));
        }
        out.append('\n');
        members(type).forEach(line -> out.append("  ").append(line).append('\n'));
        return out.toString();
    }

    private static String kind(Class<?> type) {
        if (type.isAnnotation()) {
            return "@interface";
        }
        if (type.isInterface()) {
            return "interface";
        }
        return type.isEnum() ? "enum" : type.isRecord() ? "record" : "class";
    }

    private static String modifiers(int modifiers, Class<?> type) {
        boolean isImplied = type.isEnum() || type.isRecord();
        int told = modifiers
                & (Modifier.PROTECTED | Modifier.ABSTRACT | Modifier.STATIC | Modifier.FINAL)
                & ~(isImplied || type.getEnclosingClass() == null ? Modifier.STATIC : 0)
                & ~(isImplied ? Modifier.FINAL | Modifier.ABSTRACT : 0);
        return (type.isSealed() ? "sealed " : "") + (told == 0 ? "" : Modifier.toString(told) + " ");
    }

    // ---- members

    private static List<String> members(Class<?> type) {
        Map<String, String> lines = new TreeMap<>();
        for (Field field : type.getDeclaredFields()) {
            if (isPublished(field)) {
                lines.put("1" + field.getName(), field(field));
            }
        }
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (isPublished(constructor) && !isOfRecord(constructor)) {
                String signature = type.getSimpleName() + parameters(constructor);
                lines.put("2" + signature, visibility(constructor) + signature + exceptions(constructor));
            }
        }
        for (Method method : type.getDeclaredMethods()) {
            if (isPublished(method) && !isImplied(method)) {
                lines.put("3" + method.getName() + parameters(method), method(method));
            }
        }
        return new ArrayList<>(lines.values());
    }

    private static boolean isPublished(Member member) {
        boolean isInherited = Modifier.isProtected(member.getModifiers())
                && !Modifier.isFinal(member.getDeclaringClass().getModifiers());
        return (Modifier.isPublic(member.getModifiers()) || isInherited)
                && !member.isSynthetic()
                && !((java.lang.reflect.AnnotatedElement) member).isAnnotationPresent(Internal.class);
    }

    private static boolean isOfRecord(Constructor<?> constructor) {
        RecordComponent[] components = constructor.getDeclaringClass().getRecordComponents();
        return components != null
                && Arrays.equals(
                        constructor.getParameterTypes(),
                        Arrays.stream(components).map(RecordComponent::getType).toArray());
    }

    /** What every type has, every enum or every record. */
    private static boolean isImplied(Method method) {
        Class<?> type = method.getDeclaringClass();
        boolean isObjects = Arrays.stream(Object.class.getDeclaredMethods())
                .anyMatch(known -> known.getName().equals(method.getName())
                        && Arrays.equals(known.getParameterTypes(), method.getParameterTypes()));
        boolean isEnums = type.isEnum()
                && Modifier.isStatic(method.getModifiers())
                && (method.getName().equals("values") || method.getName().equals("valueOf"));
        boolean isRecords = type.isRecord()
                && Arrays.stream(type.getRecordComponents())
                        .anyMatch(component -> method.equals(component.getAccessor()));
        return isObjects || isEnums || isRecords;
    }

    private static String field(Field field) {
        if (field.isEnumConstant()) {
            return field.getName();
        }
        String line = visibility(field) + name(field.getAnnotatedType()) + " " + field.getName();
        Class<?> type = field.getType();
        int constant = Modifier.STATIC | Modifier.FINAL;
        if ((field.getModifiers() & constant) != constant || !(type.isPrimitive() || type == String.class)) {
            return line;
        }
        try {
            return line + " = " + field.get(null); // compiled into what uses it
        } catch (IllegalAccessException e) {
            return line;
        }
    }

    private static String method(Method method) {
        return visibility(method)
                + (method.isDefault() ? "default " : "")
                + variables(method.getTypeParameters())
                + (method.getTypeParameters().length > 0 ? " " : "")
                + name(method.getAnnotatedReturnType()) + " " + method.getName() + parameters(method)
                + exceptions(method);
    }

    private static String visibility(Member member) {
        boolean isOfInterface = member.getDeclaringClass().isInterface();
        int told = member.getModifiers()
                & (Modifier.PROTECTED | Modifier.STATIC | Modifier.FINAL | Modifier.ABSTRACT)
                & ~(isOfInterface ? Modifier.ABSTRACT : 0);
        return told == 0 ? "" : Modifier.toString(told) + " ";
    }

    private static String parameters(Executable executable) {
        return "(" + names(executable.getAnnotatedParameterTypes()) + ")";
    }

    private static String exceptions(Executable executable) {
        AnnotatedType[] thrown = executable.getAnnotatedExceptionTypes();
        return thrown.length == 0 ? "" : " throws " + names(thrown);
    }

    // ---- types

    private static String variables(TypeVariable<?>[] variables) {
        if (variables.length == 0) {
            return "";
        }
        Function<TypeVariable<?>, String> bounds = variable -> Arrays.stream(variable.getAnnotatedBounds())
                .filter(bound -> bound.getType() != Object.class || isNullable(bound))
                .map(ApiListing::name)
                .collect(Collectors.joining(" & "));
        return Arrays.stream(variables)
                .map(variable -> {
                    String told = bounds.apply(variable);
                    return variable.getName() + (told.isEmpty() ? "" : " extends " + told);
                })
                .collect(Collectors.joining(", ", "<", ">"));
    }

    private static String names(AnnotatedType[] types) {
        return Arrays.stream(types).map(ApiListing::name).collect(Collectors.joining(", "));
    }

    private static String name(AnnotatedType type) {
        return plainName(type) + (isNullable(type) ? "?" : "");
    }

    private static boolean isNullable(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class);
    }

    private static String plainName(AnnotatedType type) {
        if (type instanceof AnnotatedArrayType array) {
            return name(array.getAnnotatedGenericComponentType()) + "[]";
        }
        if (type instanceof AnnotatedTypeVariable) {
            return type.getType().getTypeName();
        }
        if (type instanceof AnnotatedParameterizedType parameterized) {
            Type raw = ((ParameterizedType) parameterized.getType()).getRawType();
            return raw(raw) + "<" + names(parameterized.getAnnotatedActualTypeArguments()) + ">";
        }
        if (type instanceof AnnotatedWildcardType wildcard) {
            String lower = names(wildcard.getAnnotatedLowerBounds());
            String upper = Stream.of(wildcard.getAnnotatedUpperBounds())
                    .filter(bound -> bound.getType() != Object.class || isNullable(bound))
                    .map(ApiListing::name)
                    .collect(Collectors.joining(" & "));
            return "?" + (lower.isEmpty() ? "" : " super " + lower) + (upper.isEmpty() ? "" : " extends " + upper);
        }
        return raw(type.getType());
    }

    /** What lies in {@code java.lang} or in {@code java.util} is known without its package. */
    private static String raw(Type type) {
        String name = type instanceof Class<?> raw && raw.getCanonicalName() != null
                ? raw.getCanonicalName()
                : type.getTypeName();
        for (String known : List.of("java.lang.", "java.util.")) {
            String rest = name.startsWith(known) ? name.substring(known.length()) : "";
            if (!rest.isEmpty()
                    && rest.substring(0, 1).equals(rest.substring(0, 1).toUpperCase(Locale.ROOT))) {
                return rest;
            }
        }
        return name;
    }
}
