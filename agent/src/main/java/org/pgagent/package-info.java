/**
 * The program: arguments and configuration to a command, and the one place that puts the objects together.
 *
 * <p>{@link org.pgagent.Main} is the only catch-all; {@link org.pgagent.Wiring} is the only class that names the
 * implementations of the interfaces below. Nothing uses this package.
 */
package org.pgagent;
