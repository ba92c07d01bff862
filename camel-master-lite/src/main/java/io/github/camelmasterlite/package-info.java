/**
 * For whom a public type is.
 *
 * <p>What carries no mark, neither itself nor by the type around it or its package, is for applications, and so is {@link io.github.camelmasterlite.Api}:
 * it stays compatible within a major version. {@link io.github.camelmasterlite.Spi} is for authors of stores, with the same promise. {@link
 * io.github.camelmasterlite.Internal} is for the modules of this project, and may change without notice. The nearest mark counts. Tests keep a
 * listing of everything that is not internal, and see to it that none of it needs what is.
 */
@NullMarked
package io.github.camelmasterlite;

import org.jspecify.annotations.NullMarked;
