/** Classic master/slave set-ups, each with a main class of its own. */
package com.example.leader;
