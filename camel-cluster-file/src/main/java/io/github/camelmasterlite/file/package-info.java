/** Leader election between the processes of one machine by the locks of its operating system, on files of a shared directory. */
@NullMarked
package io.github.camelmasterlite.file;

import org.jspecify.annotations.NullMarked;
