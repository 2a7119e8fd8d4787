package org.pgagent.storage;

/** Whether a store does what a {@link WriteCondition} says. */
public enum ConditionSupport {
    /** Every condition was honoured. */
    HONOURED,
    /** At least one kind was ignored or refused; {@link HeadComparePutObjectStore} is needed. */
    IGNORED
}
