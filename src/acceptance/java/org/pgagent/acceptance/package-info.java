/** Tests of the unpacked distribution, as a user runs it: nothing of the program is called but through bin/pgagent. */
package org.pgagent.acceptance;
