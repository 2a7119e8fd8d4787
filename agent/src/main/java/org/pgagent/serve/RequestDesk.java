package org.pgagent.serve;

/** Does what is asked for. Called by several threads at once. */
@FunctionalInterface
public interface RequestDesk {
    /** Never throws because of the world: a failure is an answer, too. */
    AgentAnswer answer(AgentRequest request);
}
