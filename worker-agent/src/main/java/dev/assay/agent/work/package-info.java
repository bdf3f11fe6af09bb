/**
 * What a worker does all day: asks for work, executes and attests it, and tells the provider why it
 * is idle.
 *
 * <p>{@code WorkLoop} decides, on one thread. What it knows lies with those that it asks: {@code
 * Standing} (is it let in), {@code Duty} (does it take work), {@code Leases} (what it has in hand),
 * {@code ResultQueue} and {@code HandBacks} (what goes back), {@code MarketClock} and {@code
 * Reporter} (what its owner is told). All of these belong to that thread and lock nothing. {@code
 * Errands} and {@code JobRunner} have threads of their own, and bring an {@code Event} back.
 */
@NullMarked
package dev.assay.agent.work;

import org.jspecify.annotations.NullMarked;
