/**
 * The program: arguments and configuration to a command, and the one place that puts the objects together.
 *
 * <p>{@link org.pgagent.Main} is the only catch-all; {@link org.pgagent.Wiring} puts the objects together, and
 * {@link org.pgagent.StoreWiring} the store, with the only names of its implementations. Nothing uses this package.
 */
package org.pgagent;
