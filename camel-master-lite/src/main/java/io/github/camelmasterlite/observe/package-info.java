/** What people see of leadership: health, metrics, consoles, management, events. It decides nothing, and elections go on without it. */
@NullMarked
package io.github.camelmasterlite.observe;

import org.jspecify.annotations.NullMarked;
