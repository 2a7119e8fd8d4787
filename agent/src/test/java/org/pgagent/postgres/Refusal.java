package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;

/** What an operator is told when something is refused. */
final class Refusal {
    private Refusal() {}

    /** The refusal of a call that must fail with this kind, with a message and a hint. */
    static PgAgentException of(ErrorKind kind, ThrowingCallable call) {
        PgAgentException refusal = catchThrowableOfType(PgAgentException.class, call);
        assertThat(refusal).as("the call must fail").isNotNull();
        assertThat(refusal.kind()).as(refusal.getMessage()).isEqualTo(kind);
        assertThat(refusal.getMessage()).isNotBlank();
        assertThat(refusal.hint()).isNotBlank();
        return refusal;
    }
}
