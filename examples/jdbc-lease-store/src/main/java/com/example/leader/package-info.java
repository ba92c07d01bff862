/** Leadership by rows of a database. */
@NullMarked
package com.example.leader;

import org.jspecify.annotations.NullMarked;
