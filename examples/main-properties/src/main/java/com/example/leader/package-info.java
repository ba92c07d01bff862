/** A member of a cluster on Camel Main. */
package com.example.leader;
