// Benchmarks must prove that they do real work: what contest.cpp found out about each allocator,
// looked at after each call, is held against the others here.

/** What is wrong with one allocator in one workload. */
function faultsOf(proof) {
  const faults = [];
  if (proof.badBlocks > 0) faults.push(`${proof.badBlocks} blocks overlap or are not aligned`);
  if (proof.freeFrames !== proof.freeFramesExpected) {
    faults.push(`${proof.freeFrames} frames free, ${proof.freeFramesExpected} expected`);
  }
  if (proof.freeFramesEmpty !== proof.frames) {
    faults.push(`${proof.freeFramesEmpty} of ${proof.frames} frames came back`);
  }
  if (proof.wrong !== '') faults.push(proof.wrong);
  return faults;
}

/** @returns one sentence for each thing that is wrong; none when all allocators did the same. */
export function checkProofs(proofs) {
  return proofs.flatMap((proof) => {
    const where = `${proof.workload}, ${proof.variant}`;
    const faults = faultsOf(proof).map((fault) => `${where}: ${fault}`);
    const baseline = proofs.find(
      (other) => other.workload === proof.workload && other.variant === 'textbook',
    );
    if (proof.failures > baseline.failures) {
      faults.push(`${where}: ${proof.failures} allocations failed, textbook ${baseline.failures}`);
    }
    if (proof.framesAllocated !== baseline.framesAllocated) {
      faults.push(
        `${where}: ${proof.framesAllocated} frames allocated, textbook ${baseline.framesAllocated}`,
      );
    }
    // With decisions recorded the engine takes the long way through alloc_pages(): same state.
    const engine = proofs.find(
      (other) => other.workload === proof.workload && other.variant === 'engine',
    );
    if (proof.variant === 'decisions' && proof.state !== engine.state) {
      faults.push(`${where}: state ${proof.state}, without decisions ${engine.state}`);
    }
    return faults;
  });
}
