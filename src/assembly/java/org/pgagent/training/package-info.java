/**
 * What the build runs to fill the class-data archive that pgagent starts from.
 *
 * <p>Not part of the program: nothing calls it at run time. It lies on the class path because the archive is valid only
 * for the class path that it was trained with.
 */
package org.pgagent.training;
