/**
 * What people see of leadership: health, metrics, a console, management beans, events and flight records. Nothing here decides anything, and everything else works without it.
 */
@NullMarked
package io.github.camelmasterlite.observe;

import org.jspecify.annotations.NullMarked;
